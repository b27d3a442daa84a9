// An ordinary busy hour, five minutes of it.
import { type Options } from "k6/options";
import { post, read } from "./journeys.ts";

export const options: Options = {
  scenarios: {
    reads: { executor: "constant-arrival-rate", exec: "reads", rate: 100, timeUnit: "1s", duration: "5m", preAllocatedVUs: 50, maxVUs: 400 },
    posts: { executor: "constant-arrival-rate", exec: "posts", rate: 10, timeUnit: "1s", duration: "5m", preAllocatedVUs: 20, maxVUs: 200 },
  },
  thresholds: {
    http_req_failed: ["rate<0.001"],
    http_req_duration: ["p(95)<250", "p(99)<500"],
    checks: ["rate>0.999"],
    dropped_iterations: ["count==0"],
  },
};

export function reads(): void {
  read();
}

export function posts(): void {
  post();
}
