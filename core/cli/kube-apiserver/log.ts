/** The log in klog's form: `I1124 16:03:03.123456       1 apiserver] text`. */
import type { Clock } from "../../platform/clock.ts";

export type Log = (text: string, severity?: "I" | "W" | "E") => void;

export function logTo(write: (line: string) => void, clock: Clock, pid: number): Log {
  return (text, severity = "I") => {
    const now = new Date(clock.now());
    const two = (value: number): string => String(value).padStart(2, "0");
    const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${String(now.getMilliseconds()).padStart(3, "0")}000`;
    write(`${severity}${two(now.getMonth() + 1)}${two(now.getDate())} ${time} ${String(pid).padStart(7)} kube-apiserver] ${text}\n`);
  };
}
