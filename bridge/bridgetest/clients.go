package bridgetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// requiredVariable is set by make test, which installs all clients. Without it,
// tests with clients that are not there are skipped.
const requiredVariable = "TURNCOAT_TEST_CLIENTS"

// NPM returns the folder with the modules of testdata/npm of package mcp, which
// make tools installs.
func NPM(t testing.TB) string {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	folder := filepath.Join(filepath.Dir(file), "../../bin/npm/node_modules")
	if _, err := os.Stat(folder); err != nil {
		missing(t, folder)
	}
	return folder
}

// Client returns the path of a program that make tools installs.
func Client(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name)
	}
	return path
}

func missing(t testing.TB, what string) {
	t.Helper()
	const hint = "%s is not there, so nothing of this test is shown: make tools installs it"
	if os.Getenv(requiredVariable) != "" {
		t.Fatalf(hint, what)
	}
	t.Skipf(hint, what)
}
