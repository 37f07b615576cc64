package commands

type WideRow = wideRow
