// Asks the configured registry for known vulnerabilities in what the project runs with; development tools are left out. Ends with 0 when
// there is none of severity high or critical, with 1 when there is, and with 3, saying why, when the question got no answer.
import { spawnSync } from 'node:child_process';

const SEVERITIES = ['high', 'critical'];
/** Of check.mjs: neither passed nor failed. */
const NOT_ASKED = 3;

/** Without a network npm would go on trying for minutes. */
const ONCE = ['--fetch-retries=0', '--fetch-timeout=30000'];

const run = spawnSync('npm', ['audit', '--omit=dev', '--json', ...ONCE], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
const answer = parse(run.stdout ?? '');
if (answer?.vulnerabilities === undefined) {
  console.error(`the registry was not asked for vulnerabilities: ${reason(answer, run)}`);
  process.exit(NOT_ASKED);
}
const found = Object.values(answer.vulnerabilities).filter(({ severity }) => SEVERITIES.includes(severity));
for (const { name, severity, range } of found) console.error(`${severity}: ${name} ${range}`);
if (found.length > 0) console.error('run `npm audit --omit=dev` for the advisories');
process.exit(found.length > 0 ? 1 : 0);

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // npm itself has failed, and said why on stderr
  }
}

/** The first line of what went wrong, without the registry's address: that is nobody's business but npm's. */
function reason(answer, { error, stderr }) {
  const told = answer?.message || answer?.error?.summary || error?.message || stderr || 'npm said nothing';
  return told
    .trim()
    .split('\n', 1)[0]
    .replaceAll(/https?:\/\/\S+/g, 'the registry');
}
