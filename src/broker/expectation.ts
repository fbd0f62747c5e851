/** Something that must hold of a running broker, and what it takes to find out. */
export interface Expectation {
  /** Stable from run to run: `8883/client/revoked`. */
  readonly id: string
  /** One sentence: what is known once it has passed. */
  readonly proves: string
  /** Of the listener it is about. */
  readonly port: number
  readonly via: Route
  readonly check: Check
}

/** `forward`: through the SSH connection, where loopback or the firewall keeps the operator out. */
export type Route = 'direct' | 'forward'

export type Check = ReachCheck | TlsCheck | MqttCheck | Untried

/** Known in advance that it cannot be found out; it is reported with the reason, never as passed. */
export interface Untried {
  readonly kind: 'untried'
  readonly because: string
}

export type ReachCheck =
  | { readonly kind: 'open' }
  /** `promised` is false where the profile leaves the firewall off: then open is no fault. */
  | { readonly kind: 'closed'; readonly by: 'loopback' | 'firewall'; readonly promised: boolean }

/** Client certificates that no listener may let in. */
export type BadClient = 'none' | 'revoked' | 'expired' | 'not-yet-valid' | 'foreign'

export type TlsCheck =
  /** The chain leads to the authority; where a name is given, the certificate is good for it. */
  | { readonly kind: 'tls-trusted'; readonly name: string | undefined }
  | { readonly kind: 'tls-served' }
  | { readonly kind: 'tls-accepted'; readonly version: '1.2' | '1.3' }
  /** TLS 1.1. `openssl`: the listener cannot be told; the level of its OpenSSL must stop it. */
  | { readonly kind: 'tls-too-old'; readonly stoppedBy: 'broker' | 'openssl' }
  | { readonly kind: 'tls-admitted'; readonly client: string }
  | { readonly kind: 'tls-refused'; readonly client: BadClient }
  /** MQTT in clear to the TLS port gets no answer. */
  | { readonly kind: 'plaintext-refused' }

export type MqttCheck =
  | { readonly kind: 'mqtt-admitted'; readonly as: Login; readonly version: 4 | 5 }
  | { readonly kind: 'mqtt-refused'; readonly as: Login }
  | ({ readonly kind: 'mqtt-delivered' } & Message)
  | ({
      readonly kind: 'mqtt-kept-back'
      /** Where it must stop: the broker refuses it, or takes it and does not hand it out. */
      readonly where: 'publish' | 'delivery'
      /** Sent after it over the same connections and heard, it shows that somebody listened. */
      readonly control: string | undefined
    } & Message)
  /** `mosquitto_pub` to `mosquitto_sub`. */
  | ({ readonly kind: 'mosquitto-clients' } & Message)

export interface Message {
  readonly from: Login
  readonly to: Login
  readonly topic: string
}

/** Who knocks, and what it shows. Names are those of canaries, whose secrets the vault has. */
export interface Login {
  /** Whose certificate is offered; undefined: none. */
  readonly certificate: string | undefined
  readonly username: string | undefined
  readonly password: 'own' | 'wrong' | 'none'
}
