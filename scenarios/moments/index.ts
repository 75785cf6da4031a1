/** The moments at which a plan may let a fault begin. */
export { type Moment, type MomentName, momentNames, momentOf, moments } from "./moments.ts";
