package commands

type HealthJSON = healthJSON
