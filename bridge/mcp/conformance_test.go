package mcp_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"turncoat"
	"turncoat/bridge/bridgetest"
	"turncoat/bridge/mcp"
)

// The MCP project's own conformance tests. testdata/conformance.yaml names the
// scenarios that do not pass, each with its reason; a scenario of those that
// passes is an error as well.
func TestConformance(t *testing.T) {
	t.Parallel()
	modules := bridgetest.NPM(t)
	// The suite sends no token, so the guard, which has tests of its own, is left out.
	server := httptest.NewServer(mcp.NewHandler(bridgetest.Desk(t, turncoat.TrialLimits{})))
	t.Cleanup(server.Close)
	baseline, err := filepath.Abs("testdata/conformance.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(modules, ".bin/node"),
		filepath.Join(modules, "@modelcontextprotocol/conformance/dist/index.js"),
		"server", "--url", server.URL, "--suite", "all", "--expected-failures", baseline)
	cmd.Dir = t.TempDir() // where it writes its results
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
