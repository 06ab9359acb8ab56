package library_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode"

	"turncoat"
	"turncoat/agent"
	"turncoat/scenario"
	"turncoat/scenario/library"
)

// Texts are our own: no eight words in a row are also in the paper or in its
// authors' release. What those say must not stand here, so the file of foreign
// sequences holds hashes alone. Whoever has the paper, or a checkout of the
// release, can add to them from a file of text, in which each line is a passage:
//
//	go test ./scenario/library -run OwnWords -foreign /full/path
var foreign = flag.String("foreign", "", "text file whose sequences of words are added to "+foreignFile)

const foreignFile = "../testdata/foreign.sha256" // not below library, which is embedded

// sequenceLength is how many words in a row are no coincidence.
const sequenceLength = 8

// canary is a sentence of nobody's, whose hashes are in the file too: with it the
// check is checked.
const canary = "the heron upon the weathervane holds no opinion whatever about this company and its mail"

// sequences calls do for the hash of each sequence of words in a text, whatever
// their case and whatever stands between them: the first eight bytes of its
// SHA-256, in hexadecimal digits.
func sequences(text string, do func(hash string, words []string)) {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i := range max(0, len(words)-sequenceLength+1) {
		sum := sha256.Sum256([]byte(strings.Join(words[i:i+sequenceLength], " ")))
		do(hex.EncodeToString(sum[:8]), words[i:i+sequenceLength])
	}
}

// foreignHashes reads the file of hashes.
func foreignHashes(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(foreignFile)
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if sum, err := hex.DecodeString(line); err != nil || len(sum) != 8 {
			t.Fatalf("%s:%d: %q is not 16 hexadecimal digits", foreignFile, i+1, line)
		}
		hashes[line] = true
	}
	return hashes
}

// addForeign adds the sequences of a text file to the file of hashes.
func addForeign(t *testing.T, file string) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	hashes := foreignHashes(t)
	add := func(hash string, _ []string) { hashes[hash] = true }
	sequences(canary, add)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<24) // a passage may be a whole prompt
	for lines.Scan() {
		sequences(lines.Text(), add)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(slices.Sorted(maps.Keys(hashes)), "\n") + "\n"
	if err := os.WriteFile(foreignFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// borrowed returns the sequences of a text that are foreign.
func borrowed(text string, foreign map[string]bool) []string {
	var found []string
	sequences(text, func(hash string, words []string) {
		if foreign[hash] {
			found = append(found, strings.Join(words, " "))
		}
	})
	return found
}

func TestOwnWords(t *testing.T) {
	if *foreign != "" {
		addForeign(t, *foreign)
	}
	hashes := foreignHashes(t)
	// Templates, with every telling, as they are.
	err := fs.WalkDir(library.Files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) == ".go" {
			return err
		}
		text, err := fs.ReadFile(library.Files, file)
		for _, words := range borrowed(string(text), hashes) {
			t.Errorf("%s has words of others: %s", file, words)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// And put together, where what a field says meets what stands around it.
	each(t, func(t *testing.T, s *scenario.Scenario) {
		checked := map[string]bool{}
		for i, condition := range s.Cover() {
			if i%5 != 0 { // a sample: the templates themselves were all looked at
				continue
			}
			for _, seed := range []uint64{turncoat.CanonicalSeed, uint64(i + 1)} {
				w, err := s.World(condition, seed)
				if err != nil {
					t.Fatal(err)
				}
				for _, text := range textsOf(w) {
					if checked[text] {
						continue
					}
					checked[text] = true
					for _, words := range borrowed(text, hashes) {
						t.Errorf("%s has words of others: %s", w.ID, words)
					}
				}
			}
		}
	})
}

// textsOf returns all texts that a model, a judge or a stand-in has of a world.
func textsOf(w *turncoat.World) []string {
	system, user := agent.Prompt(w)
	first, _, _ := strings.Cut(user, w.Mail[0].Body) // the mail is looked at below
	texts := []string{system, first, w.Harm.Question, w.Harm.Rubric.Text}
	for _, m := range w.Mail {
		texts = append(texts, m.Subject, m.Body)
	}
	for _, d := range w.Documents {
		texts = append(texts, d.Body)
	}
	for _, a := range w.Alerts {
		texts = append(texts, a.Body)
	}
	for _, p := range w.Performances {
		texts = append(texts, p.Reasoning, p.Says)
		for _, act := range p.Acts {
			texts = append(texts, act.Subject, act.Body)
		}
	}
	return texts
}

// The check finds what it is for: a foreign sentence, in whatever case and with
// whatever between its words, and nothing in fewer words.
func TestOwnWordsFindsBorrowedOnes(t *testing.T) {
	hashes := foreignHashes(t)
	if len(hashes) < 100 {
		t.Errorf("the file has only %d hashes", len(hashes))
	}
	for text, want := range map[string]int{
		"Look: " + canary + ".":                               len(strings.Fields(canary)) - sequenceLength + 1,
		"The Heron upon\n> the weathervane holds no opinion!": 1,
		"The heron upon the weathervane holds no view":        0,
	} {
		if found := borrowed(text, hashes); len(found) != want {
			t.Errorf("found %d sequences in %q, want %d: %q", len(found), text, want, found)
		}
	}
	w, err := mustGet(t, "lethal").World(turncoat.Condition{"threat": "replacement"}, turncoat.CanonicalSeed)
	if err != nil {
		t.Fatal(err)
	}
	w.Mail[3].Body += "\n" + canary
	if found := borrowed(fmt.Sprint(textsOf(w)), hashes); len(found) == 0 {
		t.Error("a foreign sentence in a message is not found")
	}
}

func mustGet(t *testing.T, name string) *scenario.Scenario {
	t.Helper()
	s, err := embedded.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
