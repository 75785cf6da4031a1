/**
 * Version rules of plugins: what TiKV admits when it loads one, which requirement a request may
 * state and when it matches, and the different check that client-rust makes first.
 */
export {
  type Admission,
  type AdmissionCheck,
  type AdmissionOptions,
  admit,
  badVersionText,
  libraryFailedText,
  reloadRefusedText,
} from "./admission.ts";
export {
  type ClientComparator,
  type ClientRequirement,
  comparatorsMax,
  invalidSemverText,
  matchesClientRequirement,
  type ParsedClientRequirement,
  parseClientRequirement,
} from "./client-requirement.ts";
export { knownTexts } from "./known-texts.ts";
export {
  type Comparator,
  type Compat,
  deprecatedRequirementText,
  displayRequirement,
  invalidRequirementText,
  isExact,
  matches,
  overflowPanicText,
  type ParsedRequirement,
  parseRequirement,
  type Range,
  type Requirement,
} from "./requirement.ts";
export { hostSurface, oldSurface, surfaceHash } from "./surface.ts";
export {
  compareVersions,
  displayVersion,
  type Identifier,
  type Precedence,
  parseVersion,
  type Version,
  type VersionError,
} from "./version.ts";
