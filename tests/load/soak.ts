// Half of that for two hours: what leaks, fills up or grows slow shows with time.
import { type Options } from "k6/options";
import { post, read } from "./journeys.ts";

export const options: Options = {
  scenarios: {
    reads: { executor: "constant-arrival-rate", exec: "reads", rate: 50, timeUnit: "1s", duration: "2h", preAllocatedVUs: 25, maxVUs: 200 },
    posts: { executor: "constant-arrival-rate", exec: "posts", rate: 5, timeUnit: "1s", duration: "2h", preAllocatedVUs: 10, maxVUs: 100 },
  },
  thresholds: {
    http_req_failed: ["rate<0.0001"],
    http_req_duration: ["p(95)<250", "p(99)<500"],
    checks: ["rate>0.9999"],
    dropped_iterations: ["count==0"],
  },
};

export function reads(): void {
  read();
}

export function posts(): void {
  post();
}
