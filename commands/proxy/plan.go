package proxy

import (
	"cmp"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
)

// plan returns the routes of flags and file. Flags take precedence over the other settings of the file.
func (o *options) plan(env *cli.Env, def string) ([]*route, error) {
	var specs []routeSpec
	for _, text := range o.routes.Value() {
		s, err := parseRoute(text)
		if err != nil {
			return nil, err
		}
		specs = append(specs, s)
	}
	if o.file != "" {
		f, err := readRoutesFile(o.file)
		if err != nil {
			return nil, err
		}
		specs = append(specs, f.Routes...)
		o.spool, o.spoolMax = cmp.Or(o.spool, f.Spool), cmp.Or(o.spoolMax, f.SpoolMax)
		o.servers = f.Servers
		o.statusQueue = cmp.Or(o.statusQueue, f.StatusQueue)
	}
	if len(specs) == 0 {
		return nil, cmderr.Usagef("proxy: no route given").Hint("for example --route gm1/perfdata=gm2/perfdata, or --routes FILE")
	}
	var routes []*route
	for _, s := range specs {
		r, err := s.withDefaults(o).build(env, def)
		if err != nil {
			return nil, err
		}
		routes = append(routes, r)
	}
	return routes, nil
}

func (o *options) statusEndpoint(def string) (*servers.Endpoint, error) {
	e, err := servers.ParseEndpoint(o.statusQueue, def)
	switch {
	case err != nil:
		return nil, err
	case e.Server == "":
		return nil, cmderr.Usagef("--status-queue %.200q has no server, and --server names several", o.statusQueue)
	}
	return &e, nil
}
