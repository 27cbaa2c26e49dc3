import { describeKills } from '../cluster/kill-suite.ts';

describeKills({ kills: 50, seed: 20_261_127 });
