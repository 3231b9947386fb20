/** Ids of one run of one member grow from `run * IDS_PER_RUN + 1`: leaders tell repeated messages by that. */
export const IDS_PER_RUN = 2 ** 32;
