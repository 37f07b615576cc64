package cmderr

import "gearctl/wire/modgearman"

// Closest returns the name that word was most likely meant to be: at most a third of its letters away, or one that
// begins with it. It returns "" when nothing is near.
func Closest(word string, names []string) string {
	best, distance := "", max(1, len(word)/3)+1
	for _, name := range names {
		if len(name)-len(word) >= distance || len(word)-len(name) >= distance {
			continue // every letter more is an edit
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
