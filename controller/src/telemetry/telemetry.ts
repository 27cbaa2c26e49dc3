import { type DestinationStream, pino } from 'pino';
import type { LogLevel, Telemetry } from '../ports/telemetry.ts';
import { MetricRegistry } from './metric-registry.ts';
import { redact, redactText } from './redact.ts';

export interface TelemetryOptions {
  readonly level: LogLevel;
  /** Takes each line, its newline included; standard output unless given. */
  readonly write?: (line: string) => void;
}

export interface ProcessTelemetry extends Telemetry {
  /** All series in Prometheus' text format, version 0.0.4. */
  metrics(): Promise<string>;
  /** Records below this level are dropped from now on. */
  setLevel(level: LogLevel): void;
}

/** Keys that every record has; a field of the same name is written with a leading underscore. */
const RESERVED_KEYS: ReadonlySet<string> = new Set(['level', 'time', 'logger', 'message']);

/**
 * Logs as upstream's JSON lines (`level` in capitals, ISO `time`, `logger`, `message` and the fields) and metrics in
 * upstream's names. Lines are written before `log` returns, so that none is missing after a crash.
 */
export function createTelemetry(options: TelemetryOptions): ProcessTelemetry {
  const destination: DestinationStream = options.write
    ? { write: options.write }
    : pino.destination({ fd: process.stdout.fd, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    destination,
  );
  const registry = new MetricRegistry();
  return {
    log(level, name, message, fields = {}) {
      if (!logger.isLevelEnabled(level)) return;
      logger[level](
        { logger: name, ...withoutReserved(redact(fields) as Record<string, unknown>) },
        redactText(message),
      );
    },
    count: (metric, labels, by = 1) => registry.count(metric, labels, by),
    gauge: (metric, labels, value) => registry.gauge(metric, labels, value),
    observe: (metric, labels, value) => registry.observe(metric, labels, value),
    forget: (metric, labels) => registry.forget(metric, labels),
    metrics: () => registry.text(),
    setLevel: (level) => {
      logger.level = level;
    },
  };
}

function withoutReserved(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [RESERVED_KEYS.has(key) ? `_${key}` : key, value]),
  );
}
