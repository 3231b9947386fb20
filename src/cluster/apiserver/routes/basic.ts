import { methodNotAllowed, objectResponse } from '../answers/respond.ts';
import type { Route } from '../contracts.ts';

/** As `/version` answers it, without Go's own fields. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly buildDate: string;
}

export function versionRoute(version: VersionInfo): Route {
  const info = {
    major: version.major,
    minor: version.minor,
    gitVersion: version.gitVersion,
    gitCommit: version.gitCommit,
    gitTreeState: 'clean',
    buildDate: version.buildDate,
    goVersion: 'go1.23.0',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
  return {
    path: '/version',
    listedPaths: () => ['/version'],
    // Indented for everybody, as the real one.
    handle({ request }) {
      if (request.method !== 'GET') throw methodNotAllowed();
      return objectResponse(200, info, { media: 'json', pretty: true });
    },
  };
}

/** `/`: what paths there are. */
export function indexRoute(routes: () => readonly Route[]): Route {
  return {
    path: '/',
    listedPaths: () => [],
    handle: () => {
      const paths = routes().flatMap((route) => route.listedPaths?.() ?? [route.path]);
      return objectResponse(200, { paths: [...new Set(paths)].sort() }, { media: 'json', pretty: true });
    },
  };
}
