/**
 * Text for people: colours that can be off, wrapping and tables within a width. Pure functions of
 * their arguments; `bin/` decides where the text goes and whether it is coloured.
 */
import { stripVTControlCharacters } from "node:util";
import { Chalk } from "chalk";

/** The widest line of any report, in columns. */
export const columnsMax = 100;

/** Gives text its meaning's colour, or returns it as it is where colours are off. */
export type Painter = {
  /** Passed, fixed, as it should be. */
  readonly good: (text: string) => string;
  /** Violated, failed. */
  readonly bad: (text: string) => string;
  /** Inconclusive, skipped, worth a look. */
  readonly warn: (text: string) => string;
  /** Less important than its surroundings. */
  readonly dim: (text: string) => string;
  /** Headings. */
  readonly strong: (text: string) => string;
  /** Names that can be typed or looked up: files, commands, options, properties. */
  readonly name: (text: string) => string;
};

export type PainterOptions = { readonly colour: boolean };

/** The painter of one output. */
export function createPainter({ colour }: PainterOptions): Painter {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    dim: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
    name: (text) => chalk.cyan(text),
  };
}

/** How many columns `text` takes: colour codes take none. */
export function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

export type WrapOptions = {
  /** The width to stay within, indentation included. A longer word stands alone, unbroken. */
  readonly columns: number;
  /** Spaces before the first line. */
  readonly indent: number;
  /** Spaces before the following lines. */
  readonly hang: number;
};

/** Breaks a paragraph at spaces. The result has no newline at its end. */
export function wrap(text: string, { columns, indent, hang }: WrapOptions): string {
  const lines: string[] = [];
  let line = "";
  let width = 0;
  for (const word of text.split(" ")) {
    const size = visibleWidth(word);
    const margin = lines.length === 0 ? indent : hang;
    if (line !== "" && margin + width + 1 + size > columns) {
      lines.push(" ".repeat(margin) + line);
      line = word;
      width = size;
    } else {
      line = line === "" ? word : `${line} ${word}`;
      width += size + (line === word ? 0 : 1);
    }
  }
  lines.push(" ".repeat(lines.length === 0 ? indent : hang) + line);
  return lines.join("\n");
}

export type Column = {
  readonly title: string;
  /** Numbers read best when they end in one column. */
  readonly align: "left" | "right";
  /** At least so wide, for rows that are shown one by one; left out: as wide as its cells. */
  readonly widthMin?: number;
};

export type TableOptions = {
  readonly columns: readonly Column[];
  /** One text per column; they may be coloured. */
  readonly rows: readonly (readonly string[])[];
  /** The width to stay within; the last column gives way, its text wrapped. */
  readonly width: number;
  readonly painter: Painter;
};

/** A table with a heading; two spaces between columns, none at the ends of lines. */
export function table({ columns, rows, width, painter }: TableOptions): string {
  const heading = columns.map(({ title }) => painter.strong(title));
  const all = columns.some(({ title }) => title !== "") ? [heading, ...rows] : rows;
  const widths = columns.map(({ widthMin = 0 }, at) =>
    Math.max(widthMin, ...all.map((row) => cellWidth(row, at))),
  );
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, one) => sum + one + 2, 0);
  const lines = all.flatMap((row) => {
    const cells = columns.slice(0, last).map(({ align }, at) => {
      return `${pad(row[at] ?? "", { width: widths[at] ?? 0, align })}  `;
    });
    const room = Math.max(20, width - before);
    const wrapped = wrap(row[last] ?? "", { columns: room, indent: 0, hang: 0 }).split("\n");
    const align = columns[last]?.align ?? "left";
    return wrapped.map((text, at) => {
      const end = align === "left" ? text : pad(text, { width: widths[last] ?? 0, align });
      return ((at === 0 ? cells.join("") : " ".repeat(before)) + end).trimEnd();
    });
  });
  return lines.join("\n");
}

const cellWidth = (row: readonly string[], at: number): number => visibleWidth(row[at] ?? "");

function pad(text: string, { width, align }: { width: number; align: "left" | "right" }): string {
  const space = " ".repeat(Math.max(0, width - visibleWidth(text)));
  return align === "left" ? text + space : space + text;
}

/** `1 seed`, `2 seeds`: a count with its noun, the plural by adding an s unless it is given. */
export function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** An integer with commas between its thousands: 1234567 is `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Seconds as people say them: `0.42 s`, `7.5 s`, `3 min 05 s`, `2 h 10 min`. */
export function secondsText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad2(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad2(Math.floor((whole % 3600) / 60))} min`;
}

const pad2 = (value: number): string => String(value).padStart(2, "0");
