package top

import (
	"context"
	"errors"
	"time"

	"charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// topFrames is how many frames a second are drawn at most.
const topFrames = 20

// topModel joins the state to the terminal and the servers.
type topModel struct {
	*topState
	ctx     context.Context
	env     *cli.Env
	d       *wire.Dialer
	eyes    []*topEye
	palette *output.Palette
	next    time.Time // when the servers are asked again
	late    int       // servers that were late
}

func (m *topModel) run() error {
	profile := colorprofile.ASCII
	if m.palette.Enabled() {
		profile = colorprofile.ANSI
	}
	// The profile is given because finding it out would run a program of tmux's.
	program := tea.NewProgram(m, tea.WithInput(m.env.Stdin), tea.WithOutput(m.env.Stdout),
		tea.WithoutSignalHandler(), tea.WithFPS(topFrames), tea.WithColorProfile(profile))
	defer context.AfterFunc(m.ctx, program.Quit)()
	_, err := program.Run()
	if errors.Is(err, tea.ErrProgramPanic) {
		return cmderr.Errorf("top: a bug: see above")
	}
	if err != nil && m.ctx.Err() == nil {
		return cmderr.Errorf("top: the terminal: %w", err)
	}
	return nil
}

// topTick comes at least once a second.
type topTick time.Time

// topAnswer is what server i answered.
type topAnswer struct {
	i    int
	look *topLook
}

// Init is called once, first.
func (m *topModel) Init() tea.Cmd { return m.tick() }

// View returns the screen.
func (m *topModel) View() tea.View {
	v := tea.NewView(m.frame(m.width, m.height, m.palette))
	v.AltScreen = true
	return v
}

// Update takes in a key, the time, a size or an answer.
func (m *topModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		cmd = m.do(m.key(msg.String(), msg.Text))
	case tea.PasteMsg:
		if m.typing {
			m.typeFilter("", output.Escape(msg.Content))
		}
	case topTick:
		cmd = m.tick()
	case topAnswer:
		m.answer(msg)
	case topCrewNews:
		m.crewTold(msg)
	}
	m.top = m.scrolled(m.parts(m.height).list)
	return m, cmd
}

func (m *topModel) do(what topDo) tea.Cmd {
	switch what {
	case topQuit:
		return tea.Quit
	case topSuspend:
		return tea.Suspend
	case topAskCrew:
		return m.askCrew()
	case topLookNow:
		m.next = time.Time{}
	}
	return nil
}

// tick asks the servers when it is time, and comes again.
func (m *topModel) tick() tea.Cmd {
	now := m.env.Now()
	wait := min(m.interval, time.Second)
	if m.paused {
		return tea.Tick(wait, func(t time.Time) tea.Msg { return topTick(t) })
	}
	m.now = now
	m.markLate()
	var cmds []tea.Cmd
	if !now.Before(m.next) {
		if m.next = m.next.Add(m.interval); !now.Before(m.next) {
			m.next = now.Add(m.interval)
		}
		for i, server := range m.servers {
			if server.due(now) {
				cmds = append(cmds, m.ask(i, server))
			}
		}
	}
	if m.crewDue() {
		cmds = append(cmds, m.askCrew())
	}
	wait = min(wait, max(m.next.Sub(now), time.Millisecond))
	cmds = append(cmds, tea.Tick(wait, func(t time.Time) tea.Msg { return topTick(t) }))
	return tea.Batch(cmds...)
}

// ask returns what asks server i.
func (m *topModel) ask(i int, server *topServer) tea.Cmd {
	server.asking = m.now
	priorities := m.splitsWanted()
	return func() tea.Msg { return topAnswer{i, m.eyes[i].look(m.ctx, priorities)} }
}

// answer takes in what a server answered. While the screen stands still it is put aside.
func (m *topModel) answer(a topAnswer) {
	server := m.servers[a.i]
	server.asking = time.Time{}
	switch {
	case m.paused:
		server.goneFor = server.goneFor || a.look.fresh || a.look.err != nil
		return
	case a.look.err != nil:
		server.failed(m.now, a.look.err)
	default:
		server.answered(a.look, a.look.at.Sub(server.looked) < 2*m.interval+2*time.Second)
	}
	m.rebuild()
}

// markLate makes the rows anew when another number of servers is late.
func (m *topModel) markLate() {
	late := 0
	for _, server := range m.servers {
		if m.topState.late(server) {
			late++
		}
	}
	if late != m.late {
		m.late = late
		m.rebuild()
	}
}

// askCrew returns what asks who serves the open queue.
func (m *topModel) askCrew() tea.Cmd {
	m.open.asking = true
	id, servers := m.open.id, m.open.servers
	return func() tea.Msg { return askCrew(m.ctx, m.env.Now, m.d, id, servers) }
}
