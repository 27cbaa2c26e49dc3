import { describeKills } from './kill-suite.ts';

describeKills({ kills: 6, seed: 3 });
