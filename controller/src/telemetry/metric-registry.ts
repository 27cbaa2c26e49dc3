import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { DURATION_BUCKETS_SECONDS, METRICS, type Metric, SUMMARY_QUANTILES } from './metric-catalogue.ts';

type Labels = Readonly<Record<string, string>>;
type Instrument = Counter | Gauge | Histogram | Summary;

/** The window of a summary's quantiles, as Go's client has it. */
const SUMMARY_AGE_SECONDS = 600;
const SUMMARY_AGE_BUCKETS = 5;
/** Buckets of counts, not seconds. */
const SIZE_BUCKETS: readonly number[] = [
  1, 2, 4, 5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 150, 200, 250, 300, 400, 500,
];

/** The catalogue's metrics with their series. A name or a label that the catalogue lacks throws: it is our bug. */
export class MetricRegistry {
  private readonly registry = new Registry();
  private readonly instruments = new Map<string, Instrument>();
  /** The label sets of each metric, which prom-client does not tell; by their JSON. */
  private readonly series = new Map<string, Map<string, Labels>>();

  constructor() {
    for (const [name, metric] of Object.entries(METRICS)) {
      this.instruments.set(name, instrument(name, metric, this.registry));
      this.series.set(name, new Map());
    }
    collectDefaultMetrics({ register: this.registry });
  }

  /** Adds `by`, which is not negative. */
  count(name: string, labels: Labels, by: number): void {
    const found = this.find(name, labels);
    if (!(found instanceof Counter)) throw new Error(`metric ${name} is no counter`);
    found.inc(labels, by);
  }

  /** Sets the value. */
  gauge(name: string, labels: Labels, value: number): void {
    const found = this.find(name, labels);
    if (!(found instanceof Gauge)) throw new Error(`metric ${name} is no gauge`);
    found.set(labels, value);
  }

  /** Adds one observation to a histogram or a summary. */
  observe(name: string, labels: Labels, value: number): void {
    const found = this.find(name, labels);
    if (!(found instanceof Histogram || found instanceof Summary))
      throw new Error(`metric ${name} takes no observations`);
    found.observe(labels, value);
  }

  /** Drops the series whose labels include these. Looks at each series of the metric once. */
  forget(name: string, labels: Labels): void {
    const known = this.seriesOf(name);
    const wanted = Object.entries(labels);
    for (const [key, series] of known) {
      if (!wanted.every(([label, value]) => series[label] === value)) continue;
      known.delete(key);
      this.instruments.get(name)?.remove(series);
    }
  }

  /** All series in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private find(name: string, labels: Labels): Instrument {
    const known = this.seriesOf(name);
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (!known.has(key)) known.set(key, { ...labels });
    return this.instruments.get(name) as Instrument;
  }

  private seriesOf(name: string): Map<string, Labels> {
    const known = this.series.get(name);
    if (known === undefined) throw new Error(`metric ${name} is not in the catalogue`);
    return known;
  }
}

function instrument(name: string, metric: Metric, registry: Registry): Instrument {
  const base = { name, help: metric.help, labelNames: [...metric.labels], registers: [registry] };
  switch (metric.type) {
    case 'counter':
      return new Counter(base);
    case 'gauge':
      return new Gauge(base);
    case 'histogram':
      return new Histogram({
        ...base,
        buckets: [...(name.endsWith('_seconds') ? DURATION_BUCKETS_SECONDS : SIZE_BUCKETS)],
      });
    case 'summary':
      return new Summary({
        ...base,
        percentiles: [...SUMMARY_QUANTILES],
        maxAgeSeconds: SUMMARY_AGE_SECONDS,
        ageBuckets: SUMMARY_AGE_BUCKETS,
      });
  }
}
