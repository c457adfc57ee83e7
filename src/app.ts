export interface App {}
