import { describeMatrix } from './matrix.ts';
import { stories } from './stories/index.ts';

describeMatrix(stories, (all) => all.filter((_, at) => at % 2 === 1));
