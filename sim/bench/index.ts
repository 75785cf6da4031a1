/** What measures the kernel alone. */
export { KernelBench } from "./kernel.ts";
