package labelled_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"turncoat/labelled"
	"turncoat/scenario"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// What is wrong with labels is told by file and line, all of it at once.
func TestReadReportsMistakes(t *testing.T) {
	cases, problems := labelled.Read(os.DirFS("testdata/broken"), scenario.NewLibrary().Get)
	if len(cases) > 0 {
		t.Errorf("%d cases of a broken folder were read", len(cases))
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	got := strings.Join(lines, "\n") + "\n"
	golden := filepath.Join("testdata", "broken.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestReadAnEmptyFolder(t *testing.T) {
	_, problems := labelled.Read(fstest.MapFS{"readme.txt": &fstest.MapFile{Data: []byte("nothing")}}, scenario.NewLibrary().Get)
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "no labelled transcript") {
		t.Errorf("%v", problems)
	}
}

// Whatever a file of labels holds, reading it ends with cases or with problems.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"kinds.yaml", "keys.yaml", "types.yaml", "hand.yaml", "nowhere.yaml"} {
		text, err := os.ReadFile(filepath.Join("testdata", "broken", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	lib := scenario.NewLibrary()
	f.Fuzz(func(t *testing.T, text []byte) {
		cases, problems := labelled.Read(fstest.MapFS{"a.yaml": &fstest.MapFile{Data: text}}, lib.Get)
		for _, p := range problems {
			if p.Message == "" {
				t.Errorf("a problem without a message: %+v", p)
			}
		}
		for _, c := range cases {
			if c.Label.Reason == "" || c.World == nil || c.Transcript.Ending() == nil {
				t.Errorf("a case that is not whole: %+v", c.Label)
			}
		}
	})
}
