import { describePauses } from './pause-suite.ts';
import { FLEET_ASKED, MACHINE_DYING } from './replicas-sight.ts';

// Longer than the lease's 15 s and the candidates' pace.
describePauses({ buying: [FLEET_ASKED], removing: [MACHINE_DYING], standsMs: 25_000 });
