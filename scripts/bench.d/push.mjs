// Sends a file as `perform` sends an upload: one exec of ssh2, which reads it from standard input.
import { createReadStream, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import ssh2 from 'ssh2'

const [host, username, key, file] = process.argv.slice(2)
const client = new ssh2.Client()
client.on('ready', () => {
  client.exec('cat >/tmp/large', (error, channel) => {
    if (error) throw error
    channel.on('close', code => {
      client.end()
      process.exitCode = code
    })
    channel.resume()
    createReadStream(file, { highWaterMark: 1 << 18 }).pipe(channel)
  })
})
const sock = connect({ host, port: 22, noDelay: true })
client.connect({ sock, username, privateKey: readFileSync(key) })
