package human

import (
	"testing"

	"turncoat"
	"turncoat/bridge/bridgetest"
	"turncoat/world"
	"turncoat/world/toolbox"
)

// Every tool has its command, and acts by the tools' own word.
func TestTools(t *testing.T) {
	t.Parallel()
	w := bridgetest.World()
	w.Alerts = append(w.Alerts, turncoat.Alert{Code: "X-1"})
	box := toolbox.New(world.Open(w))
	for _, tool := range toolbox.Tools(w) {
		if wordOf(tool.Name) == "" {
			t.Errorf("%s has no command", tool.Name)
		}
		if acts(tool.Name) == box.Looks(tool.Name) {
			t.Errorf("acts(%s) is %t", tool.Name, acts(tool.Name))
		}
	}
}
