package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"turncoat"
	"turncoat/report"
)

// The page of another judge than the study's own has the judge's name in its own, as
// much of it as a file system takes, and no two judges have the same.
func TestPageNames(t *testing.T) {
	panel := func(last string) string {
		var members []string
		for i := range 12 {
			members = append(members, fmt.Sprintf("reader:openrouter/vendor-%d/a-model-with-a-name/2", i))
		}
		return "panel:majority(" + strings.Join(append(members, last), ",") + ")/1"
	}
	study := strings.Repeat("s", 63)
	seen := map[string]bool{}
	for judge, want := range map[string]string{
		"rules/3":                  study + ".html",
		"openai/gpt-4.1+contact/2": study + ".openai-gpt-4.1-contact-2.html",
		panel("rules/3"):           study + ".panel-majority-reader-openrouter-vendor-0-",
		panel("rules/2"):           study + ".panel-majority-reader-openrouter-vendor-0-",
	} {
		name := pageName(&report.Report{Study: turncoat.Study{Name: study, Judge: "rules"}, Judge: judge})
		if !strings.HasPrefix(name, want) || !strings.HasSuffix(name, ".html") {
			t.Errorf("the page of %.60s is called %s, want %s", judge, name, want)
		}
		if seen[name] {
			t.Errorf("two judges have the page %s", name)
		}
		seen[name] = true
		if err := os.WriteFile(filepath.Join(t.TempDir(), name), nil, 0o600); err != nil {
			t.Error(err)
		}
	}
}
