import { type KubeletApi, type NodeAccess, noNodes, type ProxyResponse } from './apiserver/node-access.ts';

/** The API servers are there before the nodes: until these are, nobody answers. */
export class LateNodes implements NodeAccess {
  #nodes: NodeAccess = noNodes;

  use(nodes: NodeAccess): void {
    this.#nodes = nodes;
  }

  kubelet(node: string): KubeletApi {
    return this.#nodes.kubelet(node);
  }

  http(...request: Parameters<NodeAccess['http']>): Promise<ProxyResponse> {
    return this.#nodes.http(...request);
  }

  nodes(): readonly string[] {
    return this.#nodes.nodes();
  }
}
