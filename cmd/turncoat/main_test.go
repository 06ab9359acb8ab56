package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

//go:generate go test . -run "TestScript|TestReadme|TestReplication" -update

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

// TestMain lets the scripts, and the tests that need a process to kill, run
// this test binary as turncoat.
func TestMain(m *testing.M) {
	if os.Getenv(processVariable) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"turncoat": main})
}

// TestScript runs testdata/script: what the command line does, as a user sees
// it.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"rater": rater},
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"PATH", "HOME"} {
				env.Setenv(name, os.Getenv(name))
			}
			env.Setenv("NO_COLOUR", "1")
			scenarios, err := filepath.Abs("../../scenario/testdata")
			if err != nil {
				return err
			}
			env.Setenv("SCENARIOS", scenarios)
			return nil
		},
	})
}
