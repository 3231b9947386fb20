import { describeMatrix } from './matrix.ts';
import { stories } from './stories/index.ts';

/** Half of the versions in each file, so that both run at the same time. */
describeMatrix(stories, (all) => all.filter((_, at) => at % 2 === 0));
