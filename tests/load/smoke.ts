// Does everything work at all? Half a minute of next to nothing: a single failure fails it.
import { type Options } from "k6/options";
import { post, read } from "./journeys.ts";

export const options: Options = {
  scenarios: {
    reads: { executor: "constant-arrival-rate", exec: "reads", rate: 5, timeUnit: "1s", duration: "30s", preAllocatedVUs: 5, maxVUs: 20 },
    posts: { executor: "constant-arrival-rate", exec: "posts", rate: 1, timeUnit: "1s", duration: "30s", preAllocatedVUs: 2, maxVUs: 10 },
  },
  thresholds: {
    http_req_failed: ["rate==0"],
    http_req_duration: ["p(95)<500", "p(99)<1000"],
    checks: ["rate==1"],
    dropped_iterations: ["count==0"],
  },
};

export function reads(): void {
  read();
}

export function posts(): void {
  post();
}
