/** One thing looked at by `curso doctor`. */
export interface DiagnosisItem {
  readonly id: string;
  readonly title: string;
  /** `missing`: some lessons cannot be done here. `advice`: everything works, and it could be better. */
  readonly state: 'good' | 'missing' | 'advice';
  readonly detail: string;
  /** What mends it; '' when there is nothing to mend. */
  readonly remedy: string;
}
