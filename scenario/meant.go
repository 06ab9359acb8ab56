package scenario

// meantBy returns the one of some keys that a word is most probably a slip of,
// or "" if none is near, or several are as near.
func meantBy(word string, keys []string) string {
	nearest, meant := max(1, len(word)/3)+1, ""
	for _, key := range keys {
		switch d := slips(word, key); {
		case d < nearest:
			nearest, meant = d, key
		case d == nearest:
			meant = ""
		}
	}
	return meant
}

// slips returns how many letters must be left out, put in, exchanged for others or
// swapped with their neighbour to make one word of another (the optimal string
// alignment distance).
func slips(a, b string) int {
	from, to := []rune(a), []rune(b)
	table := make([][]int, len(from)+1) // by the letters of each that have been read
	for i := range table {
		table[i] = make([]int, len(to)+1)
		table[i][0] = i
	}
	for j := range table[0] {
		table[0][j] = j
	}
	for i := 1; i <= len(from); i++ {
		for j := 1; j <= len(to); j++ {
			exchanged := table[i-1][j-1]
			if from[i-1] != to[j-1] {
				exchanged++
			}
			table[i][j] = min(table[i-1][j]+1, table[i][j-1]+1, exchanged)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				table[i][j] = min(table[i][j], table[i-2][j-2]+1)
			}
		}
	}
	return table[len(from)][len(to)]
}
