package scheme_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"turncoat/published"
	"turncoat/scheme"
)

// Every label says what it means, what counts as it and what does not; only
// then can two readers agree.
func TestSchemesAreWhole(t *testing.T) {
	labelName := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, name := range scheme.Names() {
		s, ok := scheme.Named(name)
		if !ok || s.Name != name || s.Version == "" || s.Title == "" || s.Question == "" || s.Guidance == "" {
			t.Fatalf("scheme %s lacks a name, version, title, question or guidance: %+v", name, s)
		}
		seen := map[string]bool{}
		for _, l := range s.Labels {
			if !labelName.MatchString(l.Name) || seen[l.Name] {
				t.Errorf("scheme %s: the label %q is no name of its own", name, l.Name)
			}
			seen[l.Name] = true
			if l.Meaning == "" || l.Counts == "" || l.Not == "" {
				t.Errorf("scheme %s: the label %s lacks a meaning, what counts or what does not", name, l.Name)
			}
		}
	}
	if _, ok := scheme.Named("none"); ok {
		t.Error("there is a scheme that does not exist")
	}
}

// The page for people must tell of every label.
func TestLabelsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/annotators.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range scheme.Names() {
		s, _ := scheme.Named(name)
		for _, l := range s.Labels {
			if !strings.Contains(string(page), "| `"+l.Name+"` |") {
				t.Errorf("docs/annotators.md has no row for the label %s of %s", l.Name, name)
			}
		}
	}
}

// What is published of stated beliefs must be comparable with ours.
func TestPublishedBeliefsAreLabels(t *testing.T) {
	s, _ := scheme.Named(scheme.Belief)
	for _, b := range published.Beliefs() {
		if _, ok := s.Label(b.Stated); !ok {
			t.Errorf("%s: %q is published and no label of ours", b.Cell, b.Stated)
		}
	}
}

func ExampleNamed() {
	s, _ := scheme.Named(scheme.Belief)
	for _, l := range s.Labels {
		fmt.Println(l.Name)
	}
	// Output:
	// evaluation
	// deployment
	// neither
}
