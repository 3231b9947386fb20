import type { Exchange } from './exchange.ts';

/** Seconds, upstream's buckets for apiserver_request_duration_seconds, thinned. */
const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 3, 5, 10, 30, 60] as const;
const maxSeries = 2000;

interface Labels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
}

interface Series {
  readonly labels: Labels;
  readonly codes: Map<number, number>;
  count: number;
  sum: number;
  readonly counts: number[];
}

const unknown: Labels = { verb: '', group: '', version: '', resource: '', subresource: '' };

/** Counts and latencies of requests, for `/metrics`. Bounded: unknown resources share a series. */
export class RequestMetrics {
  readonly #series = new Map<string, Series>();

  observe({ info }: Exchange, code: number, latencyMs: number): void {
    const labels = code === 404 ? unknown : info;
    const { verb, group, version, resource, subresource } = labels;
    const key = `${verb} ${group} ${version} ${resource} ${subresource}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= maxSeries) return;
      const own = { verb, group, version, resource, subresource };
      series = { labels: own, codes: new Map(), count: 0, sum: 0, counts: buckets.map(() => 0) };
      this.#series.set(key, series);
    }
    series.codes.set(code, (series.codes.get(code) ?? 0) + 1);
    // How long a watch lasted says nothing about the server.
    if (verb === 'watch') return;
    const seconds = latencyMs / 1000;
    series.count += 1;
    series.sum += seconds;
    for (let i = buckets.length - 1; i >= 0 && seconds <= (buckets[i] ?? 0); i--)
      series.counts[i] = (series.counts[i] ?? 0) + 1;
  }

  /** Prometheus text, one line per series. */
  lines(): string[] {
    const all = [...this.#series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, series]) => series);
    const total = 'apiserver_request_total';
    const lines = [
      `# HELP ${total} Counter of apiserver requests broken out for each verb, group, version, resource and HTTP response code.`,
      `# TYPE ${total} counter`,
    ];
    for (const { labels, codes } of all)
      for (const [code, count] of [...codes].sort(([a], [b]) => a - b))
        lines.push(`${total}{code="${code}",${print(labels)}} ${count}`);
    const name = 'apiserver_request_duration_seconds';
    lines.push(
      `# HELP ${name} Response latency distribution in seconds for each verb, group, version, resource and subresource.`,
      `# TYPE ${name} histogram`,
    );
    for (const { labels, count, sum, counts } of all) {
      if (count === 0) continue;
      const own = print(labels);
      for (const [i, le] of buckets.entries())
        lines.push(`${name}_bucket{${own},le="${le}"} ${counts[i] ?? 0}`);
      lines.push(`${name}_bucket{${own},le="+Inf"} ${count}`);
      lines.push(`${name}_sum{${own}} ${Number(sum.toFixed(6))}`);
      lines.push(`${name}_count{${own}} ${count}`);
    }
    return lines;
  }
}

function print({ verb, group, version, resource, subresource }: Labels): string {
  return (
    `group="${quote(group)}",resource="${quote(resource)}",subresource="${quote(subresource)}",` +
    `verb="${quote(verb.toUpperCase())}",version="${quote(version)}"`
  );
}

function quote(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}
