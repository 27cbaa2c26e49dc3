import { describeLoad } from './load-suite.ts';

// What two cores furnish within the suite's share of time; `npm run soak` has 1,000 nodes and 10,000 pods.
describeLoad({ nodes: 300, pods: 3_000, managedEvery: 10 });
