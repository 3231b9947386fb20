import { describe, expect, it } from 'vitest';
import { loadBuiltinSchemas } from '../../../src/kube/schema/load.ts';
import type { FieldSchema } from '../../../src/kube/schema/schema.ts';
import { builtinSchemas, schemaOf } from '../../helpers/kubeSchemas.ts';

function field(goType: string, name: string): FieldSchema {
  const found = builtinSchemas.structOf(goType)?.fields.get(name);
  if (found === undefined) throw new Error(`no ${goType}.${name}`);
  return found;
}

describe('the built-in schemas', () => {
  it('can all be read: no fact names a type that is not there', () => {
    for (const folder of ['meta/v1', 'core/v1', 'apps/v1', 'batch/v1', 'networking/v1', 'apiextensions/v1'])
      for (const name of builtinSchemas.structsIn(folder))
        expect(builtinSchemas.structOf(name)?.fields).toBeInstanceOf(Map);
  });

  it('flatten inline structs and keep the way to them in protobuf', () => {
    expect(field('core/v1.Volume', 'emptyDir').numbers).toEqual([2, 2]);
    expect(field('core/v1.Volume', 'name').numbers).toEqual([1]);
    expect(field('core/v1.Pod', 'kind').numbers).toEqual([]);
    expect([...schemaOf('', 'v1', 'Pod').fields.keys()]).toEqual([
      'kind',
      'apiVersion',
      'metadata',
      'spec',
      'status',
    ]);
  });

  it('know list and map semantics', () => {
    expect(field('core/v1.PodSpec', 'containers').schema).toMatchObject({
      listType: 'map',
      mapKeys: ['name'],
    });
    expect(field('core/v1.Container', 'ports').schema).toMatchObject({
      listType: 'map',
      mapKeys: ['containerPort', 'protocol'],
    });
    expect(field('core/v1.Container', 'command').schema).toMatchObject({
      listType: 'atomic',
      declared: true,
    });
    expect(field('meta/v1.ObjectMeta', 'finalizers').schema).toMatchObject({ listType: 'set' });
    expect(field('apps/v1.DeploymentSpec', 'selector').schema).toMatchObject({ mapType: 'atomic' });
    expect(field('core/v1.ServiceSpec', 'selector').schema).toMatchObject({ mapType: 'atomic' });
    expect(field('core/v1.PersistentVolumeSpec', 'claimRef').schema).toMatchObject({ mapType: 'granular' });
    expect(field('core/v1.PodSpec', 'containers')).toMatchObject({
      patchStrategy: ['merge'],
      patchMergeKey: 'name',
    });
  });

  it('name aliases as Go does in its complaints', () => {
    expect(field('core/v1.PodSpec', 'restartPolicy').schema).toMatchObject({ goType: 'v1.RestartPolicy' });
    expect(field('core/v1.ResourceRequirements', 'limits').schema).toMatchObject({
      kind: 'map',
      goType: 'v1.ResourceList',
    });
  });

  it('share what several types have, also in circles', () => {
    const props = builtinSchemas.structOf('apiextensions/v1.JSONSchemaProps');
    expect(field('apiextensions/v1.JSONSchemaProps', 'not').schema).toBe(props);
    expect(field('core/v1.PodTemplateSpec', 'spec').schema).toBe(field('core/v1.Pod', 'spec').schema);
  });

  it('find kinds by group, the borrowed and the common ones too', () => {
    expect(builtinSchemas.schemaOf('networking.k8s.io', 'v1', 'Ingress')?.goType).toBe(
      'networking/v1.Ingress',
    );
    expect(builtinSchemas.schemaOf('apps', 'v1', 'Scale')?.goType).toBe('autoscaling/v1.Scale');
    expect(builtinSchemas.schemaOf('apps', 'v1', 'DeleteOptions')?.goType).toBe('meta/v1.DeleteOptions');
    expect(builtinSchemas.schemaOf('', 'v1', 'Status')?.goType).toBe('meta/v1.Status');
    for (const [group, version, kind] of [
      ['apps', 'v1', 'Pod'],
      ['', 'v2', 'Pod'],
      ['', 'v1', 'PodSpec'],
      ['', 'v1', 'constructor'],
      ['nada', 'v1', 'Nada'],
    ] as const)
      expect(builtinSchemas.schemaOf(group, version, kind)).toBeUndefined();
  });
});

it('says which type the facts forgot', () => {
  const header = 'package\ttype\tfield\tnumber\tgoType\tflags\n';
  const schemas = loadBuiltinSchemas({ fields: `${header}core/v1\tA\tb\t1\tcore/v1.B\t\n`, aliases: 'x\n' });
  expect(() => schemas.structOf('core/v1.A')?.fields).toThrow('unknown type core/v1.B');
});
