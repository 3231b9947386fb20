import { badRequest, failure, plainFailure, type StatusError } from '../status.ts';
import { goPrint, goTypeOf, type Value, type ValueDict } from './dict.ts';

/** Refusals of strategic merge patches, mirrors apimachinery/pkg/util/mergepatch/errors.go and how the handler answers them. */

const mapType = 'map[string]interface {}';

export const noMergeKey = (map: ValueDict, key: string): StatusError =>
  plainFailure(`map: ${goPrint(map)} does not contain declared merge key: ${key}`);

export const badType = (expected: 'map' | 'list', actual: Value | undefined): StatusError =>
  plainFailure(
    `expected a ${expected === 'map' ? mapType : '[]interface {}'}, but received a ${goTypeOf(actual)}`,
  );

export function badPatchType(directive: Value, map: ValueDict): StatusError {
  const text =
    typeof directive === 'string' ? directive : `%!s(${goTypeOf(directive)}=${goPrint(directive)})`;
  return plainFailure(`unknown patch type: ${text} in map: ${goPrint(map)}`);
}

export const badPrimitiveList = (): StatusError => badRequest('invalid patch format of primitive list');
export const badRetainKeys = (): StatusError => badRequest('invalid patch format of retainKeys');
export const badElementOrder = (): StatusError => badRequest('invalid patch format of setElementOrder list');
export const listOfLists = (): StatusError =>
  failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
