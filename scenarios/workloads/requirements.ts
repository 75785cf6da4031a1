/**
 * Version requirements that clients send. What each means to TiKV is the version judge's to know;
 * here they are only sorted by how usual they are. Source: tikv-semantics.md section 2.3.
 */

/** What a person would write. */
export const plainRequirements: readonly string[] = [
  "*",
  "1",
  "^1",
  "1.2",
  "1.2.3",
  "^1.2.3",
  "~1.2.3",
  "=1.2.3",
  ">=1.2.3",
  ">=1.2.3, <2.0.0",
  "<2.0.0",
  "^0.2",
  "~0.2.3",
  "^0.2.3",
  "2.0.0",
  ">=2.0.0-rc.1",
  "1.10.0",
];

/** What parses, and means something that a person might not expect. */
export const oddRequirements: readonly string[] = [
  "",
  " 1.2.3 ",
  ">1",
  ">1.2",
  "<=1",
  "<=1.2",
  "~>1.2",
  "1.*.3",
  "1.2.x",
  "=1.2",
  "0",
  "^0.0",
  ">=1.2.3 <2.0.0",
  "1.2.3 || 2.0.0",
  "|| 1",
  "1.2.3 - 2.0.0",
  ">*",
  "1.2.3+build5",
  "=1.2.3+build5",
  "^2.0.0-rc.1",
  ">=1.0.0-alpha",
];

/** What does not parse. */
export const brokenRequirements: readonly string[] = [
  ">=1.2.3,<2.0.0",
  "1.2.3,",
  "*,*",
  "v1.2.3",
  "==1",
  "!=1",
  "> = 1",
  "1.",
  "1..2",
  "1.2.3.4",
  "01.2.3",
  "1.2.3-01",
  "latest",
  "^",
  "0.2*",
];

/** All of them. */
export const everyRequirement: readonly string[] = [
  ...plainRequirements,
  ...oddRequirements,
  ...brokenRequirements,
];
