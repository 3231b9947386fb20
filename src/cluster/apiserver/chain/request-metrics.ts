import type { Exchange } from './exchange.ts';

/** Seconds, upstream's buckets for apiserver_request_duration_seconds, thinned. */
const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 3, 5, 10, 30, 60] as const;
const maxSeries = 2000;

interface Series {
  count: number;
  sum: number;
  readonly counts: number[];
}

/** Counts and latencies of requests, for `/metrics`. Bounded: unknown resources share a series. */
export class RequestMetrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Series>();

  observe({ info }: Exchange, code: number, latencyMs: number): void {
    const { verb, group, version, resource, subresource } = info;
    const known = code !== 404;
    const base = known
      ? `group="${label(group)}",resource="${label(resource)}",subresource="${label(subresource)}",` +
        `verb="${label(verb.toUpperCase())}",version="${label(version)}"`
      : 'group="",resource="",subresource="",verb="",version=""';
    const request = `code="${code}",${base}`;
    if (this.#requests.size < maxSeries || this.#requests.has(request))
      this.#requests.set(request, (this.#requests.get(request) ?? 0) + 1);
    if (verb === 'watch') return;
    let series = this.#durations.get(base);
    if (series === undefined) {
      if (this.#durations.size >= maxSeries) return;
      series = { count: 0, sum: 0, counts: buckets.map(() => 0) };
      this.#durations.set(base, series);
    }
    const seconds = latencyMs / 1000;
    series.count += 1;
    series.sum += seconds;
    for (let i = buckets.length - 1; i >= 0 && seconds <= (buckets[i] ?? 0); i--)
      series.counts[i] = (series.counts[i] ?? 0) + 1;
  }

  /** Prometheus text, one line per series. */
  lines(): string[] {
    const lines = [
      '# HELP apiserver_request_total Counter of apiserver requests broken out for each verb, group, version, resource and HTTP response code.',
      '# TYPE apiserver_request_total counter',
    ];
    for (const [labels, count] of [...this.#requests].sort())
      lines.push(`apiserver_request_total{${labels}} ${count}`);
    lines.push(
      '# HELP apiserver_request_duration_seconds Response latency distribution in seconds for each verb, group, version, resource and subresource.',
      '# TYPE apiserver_request_duration_seconds histogram',
    );
    const name = 'apiserver_request_duration_seconds';
    for (const [labels, { count, sum, counts }] of [...this.#durations].sort(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      for (const [i, le] of buckets.entries())
        lines.push(`${name}_bucket{${labels},le="${le}"} ${counts[i] ?? 0}`);
      lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`);
      lines.push(`${name}_sum{${labels}} ${Number(sum.toFixed(6))}`);
      lines.push(`${name}_count{${labels}} ${count}`);
    }
    return lines;
  }
}

function label(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}
