// Twenty times the visitors within ten seconds, a minute of them, and back: it may get slow, it must not break, and it must recover.
import { type Options } from "k6/options";
import { post, read } from "./journeys.ts";

export const options: Options = {
  scenarios: {
    reads: {
      executor: "ramping-arrival-rate",
      exec: "reads",
      startRate: 20,
      timeUnit: "1s",
      preAllocatedVUs: 200,
      maxVUs: 2000,
      stages: [
        { target: 20, duration: "30s" },
        { target: 400, duration: "10s" },
        { target: 400, duration: "1m" },
        { target: 20, duration: "10s" },
        { target: 20, duration: "30s" },
      ],
    },
    posts: { executor: "constant-arrival-rate", exec: "posts", rate: 5, timeUnit: "1s", duration: "2m20s", preAllocatedVUs: 20, maxVUs: 200 },
  },
  thresholds: {
    http_req_failed: ["rate<0.01"],
    http_req_duration: ["p(95)<1000", "p(99)<3000"],
    checks: ["rate>0.99"],
    dropped_iterations: ["count==0"],
  },
};

export function reads(): void {
  read();
}

export function posts(): void {
  post();
}
