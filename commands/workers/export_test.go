package workers

type WideRow = wideRow
