// Five minutes in which a person takes the primary away (`./foobar status` names it, `./foobar fault kill db-1` kills it) and gives it back:
// no read may fail, and a form that is sent again with its own operation id must be on the board within 15 s.
import { type Options } from "k6/options";
import { post, read } from "./journeys.ts";

export const options: Options = {
  scenarios: {
    reads: { executor: "constant-arrival-rate", exec: "reads", rate: 50, timeUnit: "1s", duration: "5m", preAllocatedVUs: 50, maxVUs: 1000 },
    posts: { executor: "constant-arrival-rate", exec: "posts", rate: 5, timeUnit: "1s", duration: "5m", preAllocatedVUs: 20, maxVUs: 300 },
  },
  thresholds: {
    "http_req_failed{journey:read}": ["rate==0"],
    "http_req_duration{journey:read}": ["p(95)<500", "p(99)<2000"],
    // The post that waited for the new primary is one of many, so the slowest is what tells.
    post_acknowledged_after: ["max<15000"],
    "checks{journey:read}": ["rate==1"],
    "checks{journey:post}": ["rate==1"],
    dropped_iterations: ["count==0"],
  },
};

export function reads(): void {
  read();
}

export function posts(): void {
  post(15);
}
