import { describe, expect, it } from 'vitest';
import { describeChange } from '../../src/kube/validation/pod/diff.ts';

const token = {
  name: 'kube-api-access-x',
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
};
const container = {
  name: 'horno',
  image: 'panaderia/horno:1.4',
  resources: {},
  volumeMounts: [
    { name: token.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ],
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
};
const spec = {
  volumes: [token],
  containers: [container],
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  serviceAccountName: 'default',
  serviceAccount: 'default',
  securityContext: {},
  schedulerName: 'default-scheduler',
};
const inContainer = (change: object) => ({ ...spec, containers: [{ ...container, ...change }] });
const pod = (before: object, after: object) => describeChange('PodSpec', before, after);
const volumes =
  'Volumes:        {{Name: "kube-api-access-x", VolumeSource: {Projected: &{Sources: {{ServiceAccountToken: &{ExpirationSeconds: 3607, Path: "token"}}, {ConfigMap: &{LocalObjectReference: {Name: "kube-root-ca.crt"}, Items: {{Key: "ca.crt", Path: "ca.crt"}}}}, {DownwardAPI: &{Items: {{Path: "namespace", FieldRef: &{APIVersion: "v1", FieldPath: "metadata.namespace"}}}}}}, DefaultMode: &420}}}},';

/** All of these were recorded from a real 1.32. */
describe('what changed in an object that may not change', () => {
  it('shows a field with two neighbours on each side', () => {
    expect(pod(spec, { ...spec, nodeName: 'x' })).toBe(`  core.PodSpec{
  	... // 9 identical fields
  	ServiceAccountName:           "default",
  	AutomountServiceAccountToken: nil,
- 	NodeName:                     "",
+ 	NodeName:                     "x",
  	SecurityContext:              &{},
  	ImagePullSecrets:             nil,
  	... // 20 identical fields
  }
`);
  });

  it('shortens what is the same, and follows pointers', () => {
    const before = inContainer({ env: [{ name: 'A', value: 'b' }] });
    expect(pod(before, { ...before, restartPolicy: 'Never' })).toBe(`  core.PodSpec{
  	... // 2 identical fields
  	Containers:                    {{Name: "horno", Image: "panaderia/horno:1.4", Env: {{Name: "A", Value: "b"}}, VolumeMounts: {{Name: "kube-api-access-x", ReadOnly: true, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount"}}, ...}},
  	EphemeralContainers:           nil,
- 	RestartPolicy:                 "Always",
+ 	RestartPolicy:                 "Never",
  	TerminationGracePeriodSeconds: &30,
  	ActiveDeadlineSeconds:         nil,
  	... // 27 identical fields
  }
`);
    expect(pod(spec, { ...spec, terminationGracePeriodSeconds: 3 })).toContain(
      '- \tTerminationGracePeriodSeconds: &30,\n+ \tTerminationGracePeriodSeconds: &3,\n',
    );
  });

  it('goes down to what changed inside of lists', () => {
    const one = inContainer({ env: [{ name: 'A', value: 'b' }] });
    const other = inContainer({ env: [{ name: 'A', value: 'c' }] });
    expect(pod(one, other)).toBe(`  core.PodSpec{
  	${volumes}
  	InitContainers: nil,
  	Containers: []core.Container{
  		{
  			... // 5 identical fields
  			Ports:   nil,
  			EnvFrom: nil,
  			Env: []core.EnvVar{
  				{
  					Name:      "A",
- 					Value:     "b",
+ 					Value:     "c",
  					ValueFrom: nil,
  				},
  			},
  			Resources:    {},
  			ResizePolicy: nil,
  			... // 14 identical fields
  		},
  	},
  	EphemeralContainers: nil,
  	RestartPolicy:       "Always",
  	... // 29 identical fields
  }
`);
    expect(pod(spec, inContainer({ command: ['x'] }))).toContain(
      '- \t\t\tCommand:    nil,\n+ \t\t\tCommand:    []string{"x"},\n',
    );
  });

  it('shows what a quantity is made of', () => {
    const resources = { limits: { cpu: '1' }, requests: { cpu: '1' } };
    const changed = pod(spec, inContainer({ resources }));
    expect(changed).toContain(`  			Resources: core.ResourceRequirements{
- 				Limits:   nil,
+ 				Limits:   core.ResourceList{s"cpu": {i: resource.int64Amount{value: 1}, s: "1", Format: "DecimalSI"}},
- 				Requests: nil,
+ 				Requests: core.ResourceList{s"cpu": {i: resource.int64Amount{value: 1}, s: "1", Format: "DecimalSI"}},
  				Claims:   nil,
  			},
`);
    const claim = (storage: string, mode = 'ReadWriteOnce') => ({
      accessModes: [mode],
      storageClassName: 'x',
      volumeMode: 'Filesystem',
      resources: { requests: { storage } },
    });
    const type = 'PersistentVolumeClaimSpec';
    expect(describeChange(type, claim('1Gi'), claim('2Gi'))).toBe(`  core.PersistentVolumeClaimSpec{
  	AccessModes: {"ReadWriteOnce"},
  	Selector:    nil,
  	Resources: core.VolumeResourceRequirements{
  		Limits: nil,
- 		Requests: core.ResourceList{
- 			s"storage": {i: resource.int64Amount{value: 1073741824}, s: "1Gi", Format: "BinarySI"},
- 		},
+ 		Requests: core.ResourceList{
+ 			s"storage": {i: resource.int64Amount{value: 2147483648}, s: "2Gi", Format: "BinarySI"},
+ 		},
  	},
  	VolumeName:       "",
  	StorageClassName: &"x",
  	... // 4 identical fields
  }
`);
    expect(
      describeChange(type, claim('1Gi'), claim('1Gi', 'ReadWriteMany')),
    ).toBe(`  core.PersistentVolumeClaimSpec{
- 	AccessModes: []core.PersistentVolumeAccessMode{"ReadWriteOnce"},
+ 	AccessModes: []core.PersistentVolumeAccessMode{"ReadWriteMany"},
  	Selector:    nil,
  	Resources:   {Requests: {s"storage": {i: {...}, s: "1Gi", Format: "BinarySI"}}},
  	... // 6 identical fields
  }
`);
  });

  it('shows what is gone on lines of its own, and not too deep', () => {
    const { volumes: _, serviceAccountName: __, ...left } = spec;
    expect(pod(spec, { ...left, containers: [{ ...container, volumeMounts: [] }] })).toBe(`  core.PodSpec{
- 	Volumes: []core.Volume{
- 		{
- 			Name:         "kube-api-access-x",
- 			VolumeSource: core.VolumeSource{Projected: &core.ProjectedVolumeSource{...}},
- 		},
- 	},
+ 	Volumes:        nil,
  	InitContainers: nil,
  	Containers: []core.Container{
  		{
  			... // 9 identical fields
  			ResizePolicy:  nil,
  			RestartPolicy: nil,
- 			VolumeMounts: []core.VolumeMount{
- 				{
- 					Name:      "kube-api-access-x",
- 					ReadOnly:  true,
- 					MountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
- 				},
- 			},
+ 			VolumeMounts:  nil,
  			VolumeDevices: nil,
  			LivenessProbe: nil,
  			... // 10 identical fields
  		},
  	},
  	EphemeralContainers: nil,
  	RestartPolicy:       "Always",
  	... // 2 identical fields
  	DNSPolicy:                    "ClusterFirst",
  	NodeSelector:                 nil,
- 	ServiceAccountName:           "default",
+ 	ServiceAccountName:           "",
  	AutomountServiceAccountToken: nil,
  	NodeName:                     "",
  	... // 22 identical fields
  }
`);
  });

  it('keeps the order of what stays, and calls the network of the node part of the security context', () => {
    const hot = { ...container, name: 'otro', image: 'otra', command: ['a'], args: ['b'], workingDir: '/c' };
    const added = pod(spec, { ...spec, containers: [hot, container] });
    expect(added).toContain('\n+ \t\t{\n+ \t\t\tName:       "otro",\n');
    expect(added).toContain('  \t\t{Name: "horno", Image: "panaderia/horno:1.4", ');
    expect(pod(spec, { ...spec, hostNetwork: true })).toContain('+ \t\tHostNetwork: true,');
  });

  it('shows a volume of a kind that nobody uses any more without its inside', () => {
    const old = (server: string) => ({ glusterfs: { endpoints: server, path: 'x' } });
    expect(describeChange('PersistentVolumeSource', old('a'), old('b'))).toContain(
      'core.GlusterfsPersistent',
    );
  });

  it.each([
    [{}, {}],
    [{ containers: null }, { containers: [] }],
    [{ containers: 'no' }, { containers: 7 }],
    [{ nodeSelector: JSON.parse('{"__proto__":"x"}') }, { nodeSelector: { a: 'b' } }],
  ])('says something of whatever it is given (%j, %j)', (before, after) => {
    expect(pod(before, after)).toMatch(/^ {2}core\.PodSpec\{[\s\S]*\}\n$/);
  });
});
