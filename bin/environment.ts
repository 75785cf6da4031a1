/** The environment variables that the tool looks at, read once. Nothing else is read, anywhere. */

export type Environment = {
  /** `FAILPOINTS`, in fail-rs syntax; null when it is unset or empty. */
  readonly failpoints: string | null;
  /** What `NO_COLOR` and `FORCE_COLOR` ask for; null leaves it to the terminal. */
  readonly colour: boolean | null;
  /** True on a CI machine: no moving progress line there, even on a terminal. */
  readonly ci: boolean;
};

/** Reads `variables`, normally `process.env`. */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Environment {
  const { FAILPOINTS: failpoints, NO_COLOR: none, FORCE_COLOR: force, CI: ci } = variables;
  return {
    failpoints: failpoints === undefined || failpoints === "" ? null : failpoints,
    colour: colourWish({ none, force }),
    ci: isSet(ci),
  };
}

/** As Node has it: FORCE_COLOR, where it is given, wins over NO_COLOR. */
function colourWish({ none, force }: { none: string | undefined; force: string | undefined }) {
  if (force !== undefined) return isSet(force) || force === "";
  return none === undefined || none === "" ? null : false;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}
