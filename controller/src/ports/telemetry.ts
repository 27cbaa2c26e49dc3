export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Logs and metrics. Metric names are upstream v0.31's (docs/metrics.md); an unknown name is our bug and throws. */
export interface Telemetry {
  /** One JSON line. `logger` is dotted, as `controller.provisioning`; fields hold no secrets and no user data. */
  log(level: LogLevel, logger: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
  count(metric: string, labels: Readonly<Record<string, string>>, by?: number): void;
  gauge(metric: string, labels: Readonly<Record<string, string>>, value: number): void;
  observe(metric: string, labels: Readonly<Record<string, string>>, value: number): void;
  /** Drops every series of `metric` whose labels include these: an object is gone. */
  forget(metric: string, labels: Readonly<Record<string, string>>): void;
}
