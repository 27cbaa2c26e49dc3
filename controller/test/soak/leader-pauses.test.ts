import { describePauses } from '../cluster/pause-suite.ts';
import { BUYING, REMOVING } from '../cluster/replicas-sight.ts';

describePauses({ buying: BUYING, removing: REMOVING });
