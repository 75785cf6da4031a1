/** The zoo: historical bugs, planted on purpose, to prove that the judges can convict. */
export {
  type BadTwin,
  examplesFolder,
  readBadTwins,
  scoreTwin,
  type TwinScore,
} from "./bad-twins.ts";
export { buildMutant, type MutantSystem } from "./build.ts";
export { checkMutant, findMutant, mutantsFolder, readMutants } from "./catalogue.ts";
export { type Mutant, mutate, parseMutant } from "./mutant.ts";
export { packageRoot } from "./package-root.ts";
export { type MutantScore, scoreMutant } from "./score.ts";
export { scoreVerifier } from "./verifier-score.ts";
