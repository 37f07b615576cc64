package input

// MaxRuleFile bounds a file of --rules or --routes, in bytes.
const MaxRuleFile = 1 << 20
