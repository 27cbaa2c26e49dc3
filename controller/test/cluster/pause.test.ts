import { describePauses } from './pause-suite.ts';
import { FLEET_ASKED, MACHINE_DYING } from './replicas-sight.ts';

// Every moment has its turn in `npm run soak`.
describePauses({ buying: [FLEET_ASKED], removing: [MACHINE_DYING] });
