package external

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"turncoat"
	"turncoat/agent"
	"turncoat/bridge"
	"turncoat/bridge/mail"
	"turncoat/bridge/mcp"
	"turncoat/bridge/proxy"
	"turncoat/world"
)

// place is where the program of one trial finds its world: servers on the
// loopback address, and a folder with what it is to be told.
type place struct {
	desk    *bridge.Desk
	now     func() time.Time
	secret  bridge.Secret
	folder  string
	environ []string // what is added to the program's
	closers []func() error
}

// tokenVariable is the variable by which a program has its trial's secret. No
// other trial's processes have it, so it is also how they are found.
const tokenVariable = "TURNCOAT_MCP_TOKEN"

func (p *place) clock() (clock time.Time) {
	p.desk.View(func(s *world.State) { clock = s.Clock() })
	return clock
}

func (p *place) onClose(f func() error) { p.closers = append(p.closers, f) }

// close ends the servers and removes the folder.
func (p *place) close() error {
	var errs []error
	for _, f := range slices.Backward(p.closers) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// newPlace opens a world for a program. The number of the first event that
// happens there is first.
func (a *Agent) newPlace(ctx context.Context, s agent.Session, first int) (*place, error) {
	p := &place{now: s.Now, secret: bridge.NewSecret()}
	if p.now == nil {
		p.now = time.Now
	}
	p.desk = bridge.NewDesk(bridge.Settings{
		Agent: s.Trial.Model, World: s.World, Limits: s.Trial.Limits, First: first, Scrub: a.scrubber(tokenVariable + "=" + string(p.secret)), Now: s.Now,
	})
	err := p.open(ctx, a, s.World)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *place) open(ctx context.Context, a *Agent, w *turncoat.World) error {
	folder, err := os.MkdirTemp("", "agent-")
	if err != nil {
		return err
	}
	p.folder = folder
	p.onClose(func() error { return os.RemoveAll(folder) })
	p.set("TURNCOAT_DIR", folder)
	system, user, _ := agent.Errand(w)
	if err := p.file("TURNCOAT_SYSTEM_FILE", "system.md", []byte(system+"\n")); err != nil {
		return err
	}
	if err := p.file("TURNCOAT_TASK_FILE", "task.md", []byte(user+"\n")); err != nil {
		return err
	}
	if err := p.openMail(ctx); err != nil {
		return err
	}
	return p.openHTTP(ctx, a)
}

// openMail serves the mail account.
func (p *place) openMail(ctx context.Context) error {
	account, err := mail.NewAccount(p.desk, p.secret)
	if err != nil {
		return err
	}
	p.onClose(account.Close)
	for name, serve := range map[string]func(net.Listener) error{"TURNCOAT_IMAP": account.ServeIMAP, "TURNCOAT_SMTP": account.ServeSMTP} {
		l, err := bridge.Listen(ctx)
		if err != nil {
			return err
		}
		p.set(name, l.Addr().String())
		go func() { _ = serve(l) }() // ends with an error when the account is closed
	}
	p.set("TURNCOAT_MAIL_ADDRESS", account.Address())
	p.set("TURNCOAT_MAIL_USER", account.Address())
	p.set("TURNCOAT_MAIL_PASSWORD", string(p.secret))
	return nil
}

// openHTTP serves the tools, and the ways to models if they are recorded, under
// a path that cannot be guessed.
func (p *place) openHTTP(ctx context.Context, a *Agent) error {
	l, err := bridge.Listen(ctx)
	if err != nil {
		return err
	}
	path := "/" + string(bridge.NewSecret())
	base := "http://" + l.Addr().String() + path
	mux := http.NewServeMux()
	mux.Handle("/mcp", p.secret.Guard(mcp.NewHandler(p.desk)))
	if a.Record {
		for _, s := range proxy.Services(a.getenv) {
			mux.Handle("/"+s.Name+"/", http.StripPrefix("/"+s.Name, proxy.NewHandler(p.desk, s, a.Client)))
			p.set(s.Variable, base+"/"+s.Name+s.Path)
		}
	}
	server := &http.Server{Handler: http.StripPrefix(path, mux), ReadHeaderTimeout: time.Minute}
	p.onClose(server.Close)
	go func() { _ = server.Serve(l) }() // ends with an error when it is closed
	address := base + "/mcp"
	p.set("TURNCOAT_MCP_URL", address)
	p.set(tokenVariable, string(p.secret))
	for _, name := range []string{"no_proxy", "NO_PROXY"} { // what is on this machine is not asked of another
		p.set(name, strings.TrimPrefix(a.getenv(name)+",127.0.0.1,localhost", ","))
	}
	return p.configureMCP(a.Self, address)
}

// configureMCP writes the configuration of MCP servers in the form that many
// agents read: one for those that speak HTTP, and one for those that start a
// process.
func (p *place) configureMCP(self, address string) error {
	over := func(server any) []byte {
		text, _ := json.MarshalIndent(map[string]any{"mcpServers": map[string]any{"mail": server}}, "", "  ") // of plain fields
		return append(text, '\n')
	}
	token := string(p.secret)
	if err := p.file("TURNCOAT_MCP_CONFIG", "mcp.json", over(map[string]any{
		"type": "http", "url": address, "headers": map[string]string{"Authorization": "Bearer " + token},
	})); err != nil {
		return err
	}
	return p.file("TURNCOAT_MCP_STDIO_CONFIG", "mcp-stdio.json", over(map[string]any{
		"command": self, "args": []string{"bridge", "mcp-stdio"},
		"env": map[string]string{"TURNCOAT_MCP_URL": address, "TURNCOAT_MCP_TOKEN": token},
	}))
}

func (p *place) set(name, value string) { p.environ = append(p.environ, name+"="+value) }

// file writes a file into the folder, and tells the program where it is.
func (p *place) file(variable, name string, text []byte) error {
	path := filepath.Join(p.folder, name)
	p.set(variable, path)
	return os.WriteFile(path, text, 0o600)
}

// getenv reads the program's environment.
func (a *Agent) getenv(name string) string {
	for _, variable := range slices.Backward(a.Environ) {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}
