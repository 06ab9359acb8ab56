package labelled_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"turncoat/labelled"
	"turncoat/scenario"
)

// examples are the files, and parts of files, that the page shows.
var examples = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The example of the page can be copied: it is read as it stands, with the turns that
// the page shows in the place of its reply too, and its names are not those of
// transcripts that come with Turncoat.
func TestDocsExample(t *testing.T) {
	page, err := os.ReadFile("../docs/calibration.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := examples.FindAllStringSubmatch(string(page), -1)
	if len(shown) != 2 {
		t.Fatalf("the page has %d examples, want a file and turns", len(shown))
	}
	file, turns := shown[0][1], shown[1][1]
	before, _, found := strings.Cut(file, "    reply: |\n")
	before, prompt := strings.Replace(before, "interface: prompt", "interface: tools", 1), before
	if !found || before == prompt {
		t.Fatalf("the example has no reply in the interface prompt:\n%s", file)
	}
	lib := scenario.NewLibrary()
	set, err := labelled.Set(lib.Get)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"reply": file, "turns": before + turns} {
		own, problems := labelled.Read(fstest.MapFS{"mine.yaml": &fstest.MapFile{Data: []byte(text)}}, lib.Get)
		if len(problems) > 0 || len(own) != 1 {
			t.Fatalf("%s: %d cases, %v", name, len(own), problems)
		}
		if _, err := labelled.Merge(set, own); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
