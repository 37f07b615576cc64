package commands

// closest returns the name that word was most likely meant to be: at most a third of its letters away, or one that
// begins with it. It returns "" when nothing is near.
func closest(word string, names []string) string {
	best, distance := "", max(1, len(word)/3)+1
	for _, name := range names {
		if len(name)-len(word) >= distance || len(word)-len(name) >= distance {
			continue // every letter more is an edit
		}
		if d := edits(word, name); d < distance {
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

// edits counts how many letters have to be changed, added, removed or swapped with their neighbour to turn a into b.
func edits(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
