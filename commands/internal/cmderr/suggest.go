package cmderr

import "gearctl/wire/modgearman"

// Closest returns the name that word most likely means: the one within an edit distance of a third of its length, or
// one that begins with it. It returns "" if there is none.
func Closest(word string, names []string) string {
	best, distance := "", max(1, len(word)/3)+1
	for _, name := range names {
		if len(name)-len(word) >= distance || len(word)-len(name) >= distance {
			continue // every additional byte is an edit
		}
		if d := modgearman.EditDistance(word, name); d < distance {
			best, distance = name, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	for _, name := range names {
		if len(name) > len(word) && name[:len(word)] == word {
			return name
		}
	}
	return ""
}
