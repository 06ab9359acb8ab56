package library_test

import (
	"os"
	"testing"

	"turncoat/rehearsal"
)

// Every performance is what the rules say of it, in every condition that lint covers:
// also where nobody reads its notes.
func TestPerformancesAreWhatTheRulesSay(t *testing.T) {
	for _, name := range []string{"blackmail", "espionage", "lethal"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mistakes, notes, err := rehearsal.Lint(t.Context(), os.DirFS(name))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range append(mistakes, notes...) {
				t.Error(p)
			}
		})
	}
}
